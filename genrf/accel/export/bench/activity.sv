// Records what switches in the array, for `make ACTIVITY=1`: a second top beside the accelerator.
module activity;
    initial begin
        $dumpfile("activity.vcd");
        $dumpvars(0, accelerator.array);
    end
endmodule
