// Runs the program: takes an input, runs its layers one after the other, sends the result, and counts clock cycles.
// A layer is a record of 36 numbers of 16 bits, nine words of the program; two words before the first record say where
// input and output lie. Work is cut into slots. In a slot the array streams one tile while it loads the operands of the
// next one (weight and input stationary), or is fed both operands (output stationary); a slot ends when both are through.
module controller #(
    parameter DATAFLOW = 0,  // 0 weight, 1 output, 2 input stationary
    parameter COLUMNS = 4,
    parameter CHUNK = 16,    // pixels in a chunk
    parameter RESIDENT = 1
) (
    input  wire        clk,
    input  wire        reset,
    input  wire        enable,
    input  wire [63:0] header,         // input address and words, output address and words
    input  wire [15:0] layers,
    output reg  [15:0] program_address,
    input  wire [63:0] program_word,
    // input and output streams
    input  wire        in_valid,
    output wire        in_ready,
    output reg  [15:0] stream_address,
    output wire        out_read,
    input  wire        out_ready,
    // activations
    output wire        activation_issue,
    output wire [15:0] activation_address,
    output wire        activation_interior,
    output wire [15:0] activation_part,
    output wire [15:0] activation_index,
    output wire        activation_first,
    output wire        activation_last,
    output wire [15:0] activation_parameters,
    // weights
    input  wire [1:0]  bank_full,
    output wire        weight_issue,
    output wire [15:0] weight_address,
    output wire        weight_bank,
    output wire [1:0]  weight_slice,
    output wire [15:0] weight_index,
    output wire [15:0] weight_column,
    output wire        weight_first,
    output wire        weight_last,
    output wire        weight_last_index,
    output wire [15:0] weight_parameters,
    output wire        weight_free,
    // of the layer
    output wire        layer_start,
    output wire        vector,
    output wire        maximum,
    output wire        unsigned_in,
    output wire [15:0] packing,
    output wire [15:0] parameters,
    output wire [15:0] low, high,
    output wire [15:0] destination, pixel_step, pixels, granules, groups, last_groups, out_width,
    output wire [3:0]  pool_x, pool_y,
    input  wire        layer_done,
    // counters
    output reg  [15:0] layer,
    output reg  [31:0] layer_cycles,
    output wire        layer_counted,
    output reg  [31:0] cycles, stalls, inferences,
    output wire        busy
);
    localparam [2:0] IDLE = 0, INPUT = 1, FETCH = 2, PREPARE = 3, RUN = 4, STALL = 5, FLUSH = 6, OUTPUT = 7;
    localparam WORDS = 9;
    reg [2:0] state /* verilator public_flat_rd */;

    // the record of the layer at work
    reg [64*WORDS-1:0] record;
    reg [3:0] fetched;
    wire [15:0] flags = record[0*16 +: 16];
    wire [15:0] last_block_slot = record[33*16 +: 16];
    assign out_width = record[6*16 +: 16];
    assign pool_x = flags[7:4];
    assign pool_y = flags[11:8];
    assign pixels = record[7*16 +: 16];
    wire [15:0] tile_items = record[24*16 +: 16];
    wire [15:0] last_tile_items = record[25*16 +: 16];
    assign vector = flags[0];
    assign maximum = flags[1];
    assign unsigned_in = flags[2];
    wire unchecked = flags[3];
    wire unused = &{1'b0, flags};
    assign granules = record[20*16 +: 16];
    assign destination = record[26*16 +: 16];
    assign pixel_step = record[27*16 +: 16];
    assign packing = record[29*16 +: 16];
    assign parameters = record[30*16 +: 16];
    assign low = record[31*16 +: 16];
    assign high = record[32*16 +: 16];
    assign groups = record[34*16 +: 16];
    assign last_groups = record[35*16 +: 16];

    // slots
    reg second, activation_done, weight_done, last_block_here;
    reg [15:0] time_in_slot;
    wire activation_over, weight_over, fresh, activation_last_index, weight_first_tile;
    wire activation_on = !activation_over && (vector || DATAFLOW != 0 || second);
    wire weight_on = !weight_over && (DATAFLOW != 2 || second);
    wire wait_for_weights = RESIDENT == 0 && weight_on && !weight_done && fresh && !bank_full[weight_bank];
    wire go = (state == RUN || state == STALL) && !wait_for_weights;
    assign activation_issue = go && activation_on && !activation_done;
    assign weight_issue = go && weight_on && !weight_done;
    wire activation_through = !activation_on || activation_done || activation_last_index;
    wire weight_through = !weight_on || weight_done || weight_last_index;
    wire last_block = time_in_slot == 0 ? weight_last : last_block_here;
    wire [15:0] least = vector ? 16'd1 : DATAFLOW != 1 ? 16'd2 : last_block ? last_block_slot : 16'd1;
    wire slot_ends = go && activation_through && weight_through && time_in_slot + 16'd1 >= least;
    wire nothing_left = (activation_over || activation_issue && activation_last_index && activation_last_tile)
                     && (weight_over || weight_issue && weight_ends);
    reg finished; // both iterators are over, the slot may still last

    wire activation_last_tile, weight_ends;
    wire [15:0] activation_granule;

    activation_iterator #(.CHUNK(CHUNK)) activation_iterator (
        .clk(clk), .start(state == PREPARE), .issue(activation_issue), .vector(vector), .unchecked(unchecked),
        .origin(record[1*16 +: 16]), .origin_x(record[2*16 +: 16]), .origin_y(record[3*16 +: 16]),
        .width(record[4*16 +: 16]), .height(record[5*16 +: 16]), .out_width(out_width), .pixels(pixels),
        .stride_x(record[8*16 +: 16]), .stride_y(record[9*16 +: 16]),
        .step_x(record[10*16 +: 16]), .step_y(record[11*16 +: 16]),
        .filter_x(record[12*16 +: 16]), .filter_y(record[13*16 +: 16]),
        .blocks(record[14*16 +: 16]), .parts(record[15*16 +: 16]),
        .filter_step_x(record[16*16 +: 16]), .filter_step_y(record[17*16 +: 16]),
        .dilation_x(record[18*16 +: 16]), .dilation_y(record[19*16 +: 16]),
        .granules(granules), .granule_step(record[21*16 +: 16]),
        .address(activation_address), .interior(activation_interior), .part(activation_part), .index(activation_index),
        .last_index(activation_last_index), .first(activation_first), .last(activation_last),
        .granule(activation_granule), .ends(activation_last_tile), .over(activation_over)
    );
    assign activation_parameters = parameters + (vector ? 16'd0 : activation_granule);

    weight_iterator #(.COLUMNS(COLUMNS), .RESIDENT(RESIDENT)) weight_iterator (
        .clk(clk), .reset(reset), .start(state == PREPARE), .issue(weight_issue), .vector(vector),
        .items(tile_items), .last_items(last_tile_items), .tiles(record[22*16 +: 16]), .chunks(record[23*16 +: 16]),
        .granules(granules), .base(record[28*16 +: 16]), .packing(packing), .parameters(parameters),
        .parameter_step(DATAFLOW == 2 ? groups : 16'd1),
        .address(weight_address), .slice(weight_slice), .bank(weight_bank), .fresh(fresh),
        .first(weight_first_tile), .last(weight_last), .index(weight_index), .last_index(weight_last_index),
        .column(weight_column), .parameter_address(weight_parameters), .free(weight_free), .ends(weight_ends),
        .over(weight_over)
    );
    assign weight_first = weight_first_tile;

    assign layer_start = state == PREPARE;
    assign layer_counted = state == FLUSH && layer_done;
    assign in_ready = state == INPUT;
    assign out_read = state == OUTPUT;
    assign busy = state != IDLE;
    wire [15:0] streamed = stream_address + 16'd1;

    always @(posedge clk) begin
        // slots
        if (state == PREPARE) begin
            second <= 1'b0;
            activation_done <= 1'b0;
            weight_done <= 1'b0;
            time_in_slot <= 16'd0;
            finished <= 1'b0;
        end else if (go) begin
            finished <= finished || nothing_left;
            last_block_here <= last_block;
            second <= second || slot_ends;
            activation_done <= !slot_ends && (activation_done || activation_issue && activation_last_index);
            weight_done <= !slot_ends && (weight_done || weight_issue && weight_last_index);
            time_in_slot <= slot_ends ? 16'd0 : time_in_slot + 16'd1;
        end
        // counters
        layer_cycles <= state == FETCH && fetched == 0 ? 32'd1 : layer_cycles + 32'd1;
        if (state != IDLE) cycles <= cycles + 32'd1;
        if ((state == RUN || state == STALL) && wait_for_weights) stalls <= stalls + 32'd1;
        // states
        case (state)
            IDLE: begin
                stream_address <= header[15:0];
                if (enable) state <= INPUT;
            end
            INPUT: begin
                layer <= 16'd0;
                program_address <= 16'd2;
                fetched <= 4'd0;
                if (in_valid) begin
                    stream_address <= streamed;
                    if (streamed == header[15:0] + header[31:16]) state <= FETCH;
                end
            end
            FETCH: begin // a word behind the address
                fetched <= fetched + 4'd1;
                record <= {program_word, record[64*WORDS-1:64]};
                if (fetched < WORDS[3:0]) program_address <= program_address + 16'd1;
                if (fetched == WORDS[3:0]) state <= PREPARE;
            end
            PREPARE: begin
                fetched <= 4'd0;
                state <= RUN;
            end
            RUN, STALL: begin
                state <= wait_for_weights ? STALL : RUN;
                if (slot_ends && (finished || nothing_left)) state <= FLUSH;
            end
            FLUSH: if (layer_done) begin
                layer <= layer + 16'd1;
                stream_address <= header[47:32];
                state <= layer + 16'd1 == layers ? OUTPUT : FETCH;
            end
            OUTPUT: if (out_ready) begin
                stream_address <= streamed;
                if (streamed == header[47:32] + header[63:48]) begin
                    stream_address <= header[15:0];
                    inferences <= inferences + 32'd1;
                    state <= enable ? INPUT : IDLE;
                end
            end
        endcase
        if (reset) begin
            state <= IDLE;
            fetched <= 4'd0;
            layer <= 16'd0;
            program_address <= 16'd2;
            layer_cycles <= 32'd0;
            cycles <= 32'd0;
            stalls <= 32'd0;
            inferences <= 32'd0;
            stream_address <= 16'd0;
        end
    end
endmodule
